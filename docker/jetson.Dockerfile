# affect_perception on a Jetson with JetPack 6 and native TensorRT. Not built yet (docs/jetson.md).
#   docker build -f docker/jetson.Dockerfile -t affect_perception:jetson .
#   docker run --runtime nvidia --network host --ipc host -v affect-cache:/cache affect_perception:jetson
FROM nvcr.io/nvidia/l4t-jetpack:r36.4.0

ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8
RUN apt-get update && apt-get install -y --no-install-recommends curl ca-certificates gnupg \
    && curl -sSL https://raw.githubusercontent.com/ros/rosdistro/master/ros.key \
         -o /usr/share/keyrings/ros.gpg \
    && echo "deb [signed-by=/usr/share/keyrings/ros.gpg] http://packages.ros.org/ros2/ubuntu jammy main" \
         > /etc/apt/sources.list.d/ros2.list \
    && apt-get update && apt-get install -y --no-install-recommends \
         ros-humble-ros-base ros-humble-message-filters python3-colcon-common-extensions \
         python3-pip python3-libnvinfer build-essential cmake \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /ws
COPY . src/affect_perception
RUN pip install --no-cache-dir -r src/affect_perception/requirements/ros-apt.txt 'cuda-python==12.6.*'
RUN . /opt/ros/humble/setup.sh && colcon build --packages-select affect_perception

ENV AFFECT_CACHE=/cache
VOLUME /cache
COPY docker/start.sh /start.sh
ENTRYPOINT ["/start.sh"]
CMD ["ros2", "launch", "affect_perception", "cabin.launch.py"]
